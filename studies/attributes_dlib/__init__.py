"""Would dlib's ResNet do better than MobileFaceNet as the attributes' backbone, on the whole chip and all data?"""
